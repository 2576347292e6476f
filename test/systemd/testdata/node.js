const fs = require('fs')
const answer = (q, r) => r.end('node\n')
require('http').createServer(answer).listen(80)
require('https').createServer({ key: fs.readFileSync('/srv/tls/key.pem'), cert: fs.readFileSync('/srv/tls/cert.pem') }, answer).listen(443)
