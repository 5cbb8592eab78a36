'use strict'

// neverReap makes a Socket.IO server go on pinging clients that do not answer.
// What it tells them of its pings stays as it is.
exports.neverReap = (io) => {
  io.engine.on('connection', (socket) => {
    socket.resetPingTimeout = () => {}
  })
}
