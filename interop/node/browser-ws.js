// B: text frames, verbatim to all others; ping is answered with pong.
'use strict'
const { WebSocketServer } = require('ws')
const { listen, reap, settings, toOthers } = require('./start')

const options = settings()
const wss = new WebSocketServer({ server: listen(options.port) })
if (options.reap !== 'no') reap(wss)

wss.on('connection', (socket) => {
  socket.on('error', console.error)
  socket.on('message', (data) => {
    const text = data.toString()
    if (text === 'ping') socket.send('pong')
    else toOthers(wss, socket, text)
  })
})
