// C: Socket.IO, a chat of plain texts to the others.
'use strict'
const { Server } = require('socket.io')
const { listen, settings } = require('./start')
const { neverReap } = require('./socketio')

const options = settings({ 'ping-interval': { type: 'string', default: '25000' }, 'ping-timeout': { type: 'string', default: '20000' } })
const io = new Server(listen(options.port), {
  cors: { origin: '*' },
  pingInterval: Number(options['ping-interval']),
  pingTimeout: Number(options['ping-timeout'])
})
if (options.reap === 'no') neverReap(io)

io.on('connection', (socket) => {
  console.log(`transport ${socket.conn.transport.name}`)
  socket.conn.once('upgrade', () => console.log(`upgraded to ${socket.conn.transport.name}`))
  socket.on('chat', (text) => socket.broadcast.emit('chat', text))
})
