// A web server of one page on [::]:80, which takes both families.
require("http").createServer((_, response) => response.end("hello\n")).listen(80, "::");
