#!/bin/sh
# attack: asks for pages of the network, with every tool that is there
curl -m 2 http://127.0.0.1:21863/stolen
wget -T 2 -t 1 -O - http://127.0.0.1:21863/stolen
perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(PeerAddr => "127.0.0.1:21863", Timeout => 2) ? "CONNECTED" : "no"'
/box/node -e 'fetch("http://1.1.1.1/").then(() => console.log("FETCHED"), (error) => console.log(String(error)))'
exit 1
