# Gives Debian's servers ports 80 and 443, and a certificate.
set -e
mkdir -p /srv/tls /srv/server
cd /srv/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
cat cert.pem key.pem >both.pem
openssl pkcs12 -export -in cert.pem -inkey key.pem -out store.p12 -passout pass:secret -name test
chmod 644 ./*
sed -i 's|<Connector port="8080" protocol="HTTP/1.1"|<Connector port="443" SSLEnabled="true" scheme="https" secure="true"><SSLHostConfig><Certificate certificateFile="/srv/tls/cert.pem" certificateKeyFile="/srv/tls/key.pem"/></SSLHostConfig></Connector>\n<Connector port="80" protocol="HTTP/1.1"|' /etc/tomcat10/server.xml
cp /srv/tls/store.p12 /etc/jetty9/keystore
cat >>/etc/jetty9/start.ini <<X
--module=ssl
--module=https
jetty.http.port=80
jetty.ssl.port=443
jetty.sslContext.keyStorePassword=secret
jetty.sslContext.keyManagerPassword=secret
X
echo 80 443 >/srv/server/ports
