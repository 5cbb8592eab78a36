// faye: Bayeux over WebSocket, at /faye.
'use strict'
const faye = require('faye')
const { listen, settings } = require('./start')

const options = settings()
new faye.NodeAdapter({ mount: '/faye', timeout: 45 }).attach(listen(options.port))
