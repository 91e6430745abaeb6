#!/bin/bash
# The main thread and four workers that exchange messages.
# needs: node
# packages: nodejs
cat >program.js <<'JS'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto');
const zlib = require('zlib');
if (isMainThread) {
  let open = 4;
  const results = [];
  for (let i = 0; i < 4; ++i) {
    const worker = new Worker(__filename, { workerData: i });
    worker.on('message', (message) => { results[i] = message; });
    worker.on('error', (error) => { console.log('error', i, error.message); });
    worker.on('exit', (code) => {
      results[i] += ' ' + code;
      if (--open === 0) console.log(results.join('\n'));
    });
  }
} else {
  const objects = [];
  for (let i = 0; i < 20000; ++i) objects.push({ id: i, text: 'x'.repeat(i % 50) + workerData });
  const text = JSON.stringify(objects);
  const packed = zlib.gzipSync(Buffer.from(text));
  const hash = crypto.createHash('sha256').update(zlib.gunzipSync(packed)).digest('hex');
  parentPort.postMessage(`${workerData} ${hash} ${JSON.parse(text).length}`);
}
JS
node program.js
