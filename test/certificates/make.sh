#!/bin/sh
# Makes the certificates of the tests anew: a root, a server and a client signed by it, and a client signed by nobody we know.
# They are good for a hundred years, and for tests only.
set -eu
cd "$(dirname "$0")"
days=36500
ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "/CN=$2" -keyout "$1.key" -out "$1.pem"
}
signed() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  printf '%s' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" -CAcreateserial -days $days -extfile "$1.ext" -out "$1.pem"
  rm "$1.csr" "$1.ext"
}
ca ca 'Warren test root'
ca stranger-ca 'somebody else'
signed server '/CN=localhost' 'subjectAltName=DNS:localhost,IP:127.0.0.1' ca
signed client '/O=Example/CN=billing' 'extendedKeyUsage=clientAuth' ca
signed stranger '/O=Example/CN=billing' 'extendedKeyUsage=clientAuth' stranger-ca
rm -f ./*.srl ca.key stranger-ca.key
