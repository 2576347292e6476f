package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gobind/internal/testenv"
	"gobind/test/kit"
)

// tomcatPage is what every Tomcat of these tests serves.
const tomcatPage = "served by tomcat\n"

// A tomcat is an instance as Debian's tomcat10-instance-create makes it, with
// connectors on 80 and 443.
type tomcat struct {
	owner  testenv.User
	base   string
	client http.Client // trusts its certificate
}

// Tomcat as an ordinary user starts it in the foreground: catalina.sh becomes
// java in gobind's own process, or in the one that gobind stands in for.
func TestTomcatInForeground(t *testing.T) {
	tc := newTomcat(t, testenv.Alice)
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "443", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Start(t, tc.command(t, mode, "/usr/share/tomcat10/bin/catalina.sh", "run"))
		tc.wantServed(t)
		kit.WantSilence(t, p)
		if p.Ended() {
			t.Error("catalina.sh run has returned")
		}
	})
}

// startup.sh leaves java in the background and returns, and gobind with it. By
// then java has bound nothing yet.
func TestTomcatInBackground(t *testing.T) {
	tc := newTomcat(t, testenv.Alice)
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "443", testenv.Alice)
	kit.InModes(t, func(t *testing.T, mode string) {
		p := kit.Start(t, tc.command(t, mode, filepath.Join(tc.base, "bin/startup.sh")))
		if state := p.Wait(t); !state.Success() {
			t.Fatalf("startup.sh: %v", state)
		}
		tc.wantServed(t)
	})
}

// Without gobind there is nothing but a stack trace in a log, and Tomcat stays
// up without a port.
func TestTomcatWithoutGobind(t *testing.T) {
	tc := newTomcat(t, testenv.Alice)
	kit.Grant(t, "80", testenv.Alice)
	kit.Grant(t, "443", testenv.Alice)
	p := kit.Start(t, tc.env(tc.owner.Command("/usr/share/tomcat10/bin/catalina.sh", "run")))
	tc.wantRefused(t, p)
}

// The policy is Bob's: Alice's Tomcat is refused, and she is told why.
func TestTomcatOfAnotherUser(t *testing.T) {
	tc := newTomcat(t, testenv.Alice)
	kit.Grant(t, "80", testenv.Bob)
	kit.Grant(t, "443", testenv.Bob)
	p := kit.Start(t, tc.command(t, "auto", "/usr/share/tomcat10/bin/catalina.sh", "run"))
	tc.wantRefused(t, p)
	kit.WantRefusal(t, p, "gbalice", "tcp [::]:80")
	kit.WantRefusal(t, p, "gbalice", "tcp [::]:443")
}

// newTomcat makes an instance of the owner's, in a directory of its own.
func newTomcat(t *testing.T, owner testenv.User) *tomcat {
	t.Helper()
	create := testenv.Require(t, "tomcat10-instance-create")
	testenv.RequireRoot(t)
	dir := kit.DirOf(t, owner)
	tc := &tomcat{owner: owner, base: filepath.Join(dir, "tomcat")}
	cmd := owner.Command(create, "-p", "80", tc.base)
	cmd.Stdin = strings.NewReader("\n") // it warns of the low port, and waits
	kit.MustRun(t, cmd)
	kit.Write(t, filepath.Join(tc.base, "webapps/ROOT/index.html"), tomcatPage)
	tc.addTLS(t, dir)
	return tc
}

// addTLS adds a connector on 443, with a certificate made for it.
func (tc *tomcat) addTLS(t *testing.T, dir string) {
	t.Helper()
	cert, key, store := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(tc.base, "conf/test.p12")
	kit.MustRun(t, tc.owner.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		"-nodes", "-subj", "/CN=gobind test", "-addext", "subjectAltName=IP:127.0.0.1,IP:::1", "-keyout", key, "-out", cert))
	kit.MustRun(t, tc.owner.Command("openssl", "pkcs12", "-export", "-in", cert, "-inkey", key, "-out", store, "-passout", "pass:changeit"))
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(kit.Contents(cert))) {
		t.Fatal("openssl made no certificate")
	}
	tc.client = http.Client{Timeout: kit.Patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: roots},
	}}
	conf := filepath.Join(tc.base, "conf/server.xml")
	kit.Write(t, conf, strings.Replace(kit.Contents(conf), "</Service>", `
    <Connector port="443" protocol="org.apache.coyote.http11.Http11NioProtocol" SSLEnabled="true">
      <SSLHostConfig>
        <Certificate certificateKeystoreFile="conf/test.p12" certificateKeystoreType="PKCS12"
                     certificateKeystorePassword="changeit" />
      </SSLHostConfig>
    </Connector>
  </Service>`, 1))
}

// command is the command of one of Tomcat's scripts under gobind.
func (tc *tomcat) command(t *testing.T, mode, script string, args ...string) *exec.Cmd {
	t.Helper()
	return tc.env(kit.Under(t, tc.owner, mode, append([]string{script}, args...)...))
}

// env adds the environment that the scripts want, and spares the JVM.
func (tc *tomcat) env(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(cmd.Env,
		"CATALINA_HOME=/usr/share/tomcat10", "CATALINA_BASE="+tc.base, "CATALINA_TMPDIR="+tc.base+"/temp",
		"CATALINA_OPTS=-Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx96m")
	return cmd
}

// wantServed waits until the page can be had in every way that it is to be had.
func (tc *tomcat) wantServed(t *testing.T) {
	t.Helper()
	for _, url := range []string{"http://127.0.0.1/", "http://[::1]/", "https://127.0.0.1/", "https://[::1]/"} {
		if page := kit.FetchBy(t, &tc.client, url); page != tomcatPage {
			t.Errorf("%s: %q, want %q", url, page, tomcatPage)
		}
	}
}

// wantRefused waits until Tomcat has been refused both ports, and says so in its
// log, which catalina.sh run leaves on standard error.
func (tc *tomcat) wantRefused(t *testing.T, p *kit.Process) {
	t.Helper()
	kit.Eventually(t, func() error {
		log := p.Err()
		if n := strings.Count(log, "java.net.BindException: Permission denied"); n < 2 {
			return fmt.Errorf("%d times BindException in the log", n)
		}
		if !strings.Contains(log, "Server startup in") {
			return errors.New("not started yet")
		}
		return nil
	})
	kit.WantNotServed(t, "[::1]:80")
	kit.WantNotServed(t, "127.0.0.1:443")
}
