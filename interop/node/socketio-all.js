// Socket.IO with all that imbench speaks of it: a namespace, a token, rooms,
// acks, connection state recovery, binary attachments, and pings often enough
// to be seen.
'use strict'
const { Server } = require('socket.io')
const { listen, settings } = require('./start')

const options = settings()
const io = new Server(listen(options.port), {
  pingInterval: 600,
  pingTimeout: 3000,
  connectionStateRecovery: { maxDisconnectionDuration: 60_000 }
})
const im = io.of('/im')

im.use((socket, next) => {
  next(socket.handshake.auth.token === 't0ken' ? undefined : new Error('who are you?'))
})
im.on('connection', (socket) => {
  console.log(socket.recovered ? 'recovered' : 'new')
  socket.emit('picture', { png: Buffer.from([1, 2, 3]) }, Buffer.from([4])) // binary attachments
  socket.on('join', (room) => socket.join(room))
  socket.on('say', ({ room, text }, ack) => {
    socket.to(room).emit('said', { room, text })
    ack('ok')
  })
})
