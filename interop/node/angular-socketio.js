// A: an envelope chat on Socket.IO. Everybody, the sender included, gets a new
// message that quotes the content; neither its id nor its sender survives.
'use strict'
const { Server } = require('socket.io')
const { listen, settings } = require('./start')
const { neverReap } = require('./socketio')

const options = settings()
const io = new Server(listen(options.port))
if (options.reap === 'no') neverReap(io)

const envelope = (event, payload, code) => ({ version: '1.0.0', event, payload: { timestamp: Date.now(), ...payload }, code })

io.on('connection', (socket) => {
  socket.emit('message', envelope('system', { id: `sys_${socket.id}`, content: '连接成功', meta: { connection: true } }, 201))

  socket.on('heartbeat', ({ timestamp }) => socket.emit('heartbeat_ack', { timestamp }))

  socket.on('message', (given) => {
    try {
      const message = typeof given === 'string' ? JSON.parse(given) : given
      if (message?.version !== '1.0.0') throw new Error('unknown version')
      io.emit('message', envelope('message', {
        id: `msg_${Date.now()}_${Math.random().toString(36).slice(2, 7)}`,
        sender: { id: 'server', name: '系统服务' },
        content: `已收到：${message.payload.content}`,
        meta: { protocol: 'websocket' }
      }, 200))
    } catch (problem) {
      socket.emit('message', envelope('error', {
        id: `err_${Date.now()}`, content: problem.message, meta: { errorCode: 'INVALID_FORMAT' }
      }, 400))
    }
  })
})
