// E: JSON frames at /api/websocket, with a token in the query; a heartbeat is
// taken note of and not answered, all else goes to the others.
'use strict'
const { WebSocketServer } = require('ws')
const { listen, reap, settings, toOthers } = require('./start')

const options = settings()
const wss = new WebSocketServer({
  server: listen(options.port),
  verifyClient: ({ req }, decide) => {
    const { pathname, searchParams } = new URL(req.url, 'ws://localhost')
    if (pathname !== '/api/websocket') decide(false, 404)
    else decide(Boolean(searchParams.get('token')), 401, 'no token')
  }
})
if (options.reap !== 'no') reap(wss)

wss.on('connection', (socket) => {
  socket.on('error', console.error)
  socket.on('message', (data) => {
    const text = data.toString()
    let frame = null
    try { frame = JSON.parse(text) } catch { /* handed on as text */ }
    if (frame?.type !== 'heartbeat') toOthers(wss, socket, text)
  })
})
