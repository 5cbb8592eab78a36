// Package interop holds imbench against things that nobody here wrote: the
// npm packages that the published systems run on, NATS, Prosody and faye as
// servers, and socket.io-client and a browser as clients.
//
//	imbench ──► node/*.js on socket.io, ws, nodejs-websocket, faye; @hexlet/chat-server
//	        ──► nats-server, prosody            by protocols in testdata
//	socket.io-client, Chromium ──► imbench serve
//
// scripts/setup-interop.sh installs what is needed. What cannot be had is
// skipped with its reason, but is an error where CI=true.
package interop_test
