// Loaded into a process that must do without the network: whoever opens a connection is told on standard error, and gets none.
const net = require('node:net');
const dns = require('node:dns');

function refuse(what) {
  return (...words) => {
    process.stderr.write(`no-network: ${what} ${JSON.stringify(words[0])}\n`);
    throw new Error('this test has no network');
  };
}

net.Socket.prototype.connect = refuse('connect');
dns.lookup = refuse('lookup');
globalThis.fetch = refuse('fetch');
