// Clients of socket.io-client, driven line by line: JSON commands on standard
// input, JSON events on standard output. It ends with its input.
//
//   {"do":"connect","name":"a","url":"http://…","options":{…}}
//   {"do":"emit","name":"a","args":["chat","hi"],"ack":true}
//   {"do":"cut","name":"a"}          the connection, as a network would
//   {"do":"stop","name":"a"}         reconnecting, too
//   {"do":"disconnect","name":"a"}
//
// A string "base64:…" among the arguments is sent as bytes; bytes that come are
// told the same way.
'use strict';
const { io } = require('socket.io-client');
const readline = require('node:readline');

const sockets = new Map();

const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

const outward = (value) => {
  if (Buffer.isBuffer(value)) return 'base64:' + value.toString('base64');
  if (Array.isArray(value)) return value.map(outward);
  return value;
};

const inward = (value) => {
  if (typeof value === 'string' && value.startsWith('base64:')) return Buffer.from(value.slice(7), 'base64');
  if (Array.isArray(value)) return value.map(inward);
  return value;
};

const connect = ({ name, url, options }) => {
  const socket = io(url, { forceNew: true, ...options });
  const manager = socket.io;
  const say = (what, more) => tell({ name, what, ...more });
  sockets.set(name, socket);
  socket.on('connect', () => say('connect', {
    id: socket.id, recovered: socket.recovered, transport: manager.engine.transport.name,
  }));
  socket.on('connect_error', (err) => say('connect_error', { text: err.message }));
  socket.on('disconnect', (reason) => say('disconnect', { text: reason }));
  socket.onAny((...args) => say('event', { args: outward(args) }));
  manager.on('open', () => {
    manager.engine.on('upgrade', (transport) => say('upgrade', { transport: transport.name }));
  });
  manager.on('ping', () => say('ping'));
};

const commands = {
  connect,
  emit: ({ name, args, ack }) => {
    const list = inward(args);
    if (ack) list.push((...answer) => tell({ name, what: 'ack', args: outward(answer) }));
    sockets.get(name).emit(...list);
  },
  cut: ({ name }) => sockets.get(name).io.engine.close(),
  stop: ({ name }) => {
    sockets.get(name).io.reconnection(false);
    sockets.get(name).io.engine.close();
  },
  disconnect: ({ name }) => sockets.get(name).disconnect(),
};

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.do](command);
  })
  .on('close', () => process.exit(0));
