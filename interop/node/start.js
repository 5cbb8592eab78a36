// What all servers here share: a port by argument, "ready" when it listens,
// and an end on SIGTERM.
'use strict'
const http = require('node:http')
const { parseArgs } = require('node:util')

// settings reads the arguments of a server: --port; --reap=no for a server that
// goes on believing in clients that are long gone; and those of its own.
exports.settings = (more = {}) => parseArgs({
  options: { port: { type: 'string', default: '0' }, reap: { type: 'string', default: 'yes' }, ...more }
}).values

// listen serves on 127.0.0.1 and says when it is ready.
exports.listen = (port, server = http.createServer((_, answer) => answer.writeHead(426).end())) => {
  server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
  process.on('SIGTERM', () => process.exit(0))
  return server
}

// reap ends every 30 s the clients that did not answer the ping before, as the
// README of ws has it.
exports.reap = (wss, every = 30_000) => {
  wss.on('connection', (socket) => {
    socket.isAlive = true
    socket.on('pong', () => { socket.isAlive = true })
  })
  setInterval(() => {
    for (const socket of wss.clients) {
      if (!socket.isAlive) { socket.terminate(); continue }
      socket.isAlive = false
      socket.ping()
    }
  }, every)
}

// toOthers sends text to all open clients but one.
exports.toOthers = (wss, from, text) => {
  for (const socket of wss.clients) {
    if (socket !== from && socket.readyState === 1) socket.send(text)
  }
}
