// F: text frames to the others, no heartbeat on the wire.
'use strict'
const { WebSocketServer } = require('ws')
const { listen, reap, settings, toOthers } = require('./start')

const options = settings()
const wss = new WebSocketServer({ server: listen(options.port) })
if (options.reap !== 'no') reap(wss)

wss.on('connection', (socket) => {
  socket.on('error', console.error)
  socket.on('message', (data) => toOthers(wss, socket, data.toString()))
})
