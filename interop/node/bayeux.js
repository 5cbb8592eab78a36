// faye: Bayeux over WebSocket, at /bayeux.
'use strict'
const faye = require('faye')
const { listen, settings } = require('./start')

const options = settings()
new faye.NodeAdapter({ mount: '/bayeux', timeout: 45 }).attach(listen(options.port))
