// D: nodejs-websocket; a greeting with the uid from the path, and a counter of
// silent seconds that closes the connection above heart-beat.
'use strict'
const ws = require('nodejs-websocket')
const { settings } = require('./start')

const options = settings({ 'heart-beat': { type: 'string', default: '10' } })
const most = Number(options['heart-beat'])

const server = ws.createServer((connection) => {
  const uid = connection.path.split('/').pop() || '0'
  let silent = 0
  const heart = setInterval(() => {
    silent++
    if (silent > most && options.reap !== 'no') connection.close(1000, 'no heartbeat')
  }, 1000)
  connection.sendText(`Hello 用户${uid}!`)
  connection.on('text', (text) => {
    silent = 0
    if (text === 'ping') return
    for (const other of server.connections) {
      if (other !== connection && other.readyState === other.OPEN) other.sendText(text)
    }
  })
  connection.on('close', () => clearInterval(heart))
  connection.on('error', (problem) => console.error(problem.code))
})
server.listen(Number(options.port), '127.0.0.1', () => console.log('ready'))
process.on('SIGTERM', () => process.exit(0))
