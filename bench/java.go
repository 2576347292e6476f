package main

import (
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gobind/internal/testenv"
)

// jsvc is started by root, and is Alice when it has the port. The programs that it
// starts are Java's alone.
var jsvc = peer{name: "jsvc, by root", user: testenv.Root}

var javaPeers = []peer{native, authbind, gobind, parent, jsvc}

// javaMeasures are of servers in Java, from the start to the first answer.
var javaMeasures = []measure{
	{
		title: "start-up of a small server in Java, to the first answer", unit: millis,
		full: effort{rounds: 21}, peers: javaPeers, sample: javaStart, heavy: true, prepare: buildJava,
		bounds: javaBounds,
	},
	{
		title: "start-up of Tomcat, to the first answer", unit: millis,
		full: effort{rounds: 9}, peers: javaPeers, sample: tomcatStart, heavy: true, prepare: makeTomcats,
		bounds: javaBounds,
	},
}

var javaBounds = []bound{
	{"gobind - native", difference(gobind, native), unbounded, asMillis},
	{"authbind - native", difference(authbind, native), unbounded, asMillis},
	{"jsvc - native", difference(jsvc, native), unbounded, asMillis},
}

//go:embed testdata/Server.java
var javaSource []byte

// javaDir is where the class is.
func javaDir() string { return filepath.Join(testenv.Dir(), "java") }

func buildJava(*setup) error {
	source := filepath.Join(javaDir(), "Server.java")
	if err := errors.Join(os.MkdirAll(javaDir(), 0o755), os.WriteFile(source, javaSource, 0o644)); err != nil {
		return err
	}
	return command("ecj", "-proc:none", "-11", "-d", javaDir(), source)
}

func javaStart(s *setup, p peer, _ int) ([]float64, error) {
	port := strconv.Itoa(p.asked())
	if p.name == jsvc.name {
		return startToAnswer(underJsvc([]string{javaDir()}, nil, "Server", port), p)
	}
	return startToAnswer(p.command(s, "java", append(javaOptions(), "-cp", javaDir(), "Server", port)...), p)
}

// javaOptions are those of every JVM: sparing, and with IPv4 sockets for all.
func javaOptions() []string {
	return []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx96m", "-Djava.net.preferIPv4Stack=true"}
}

// underJsvc is the command of jsvc for a class on the port.
func underJsvc(classPath, options []string, class string, args ...string) *exec.Cmd {
	words := []string{
		"-nodetach", "-user", testenv.Alice.Name, "-home", "/usr/lib/jvm/default-java",
		"-outfile", "&1", "-errfile", "&2", "-pidfile", filepath.Join(testenv.Dir(), "jsvc.pid"),
		"-cp", strings.Join(append(classPath, "/usr/share/java/commons-daemon.jar"), ":"),
	}
	words = append(append(append(words, javaOptions()...), options...), class)
	return testenv.Root.Command("/usr/bin/jsvc", append(words, args...)...)
}

// startToAnswer samples how long the server takes to its first answer.
func startToAnswer(cmd *exec.Cmd, p peer) ([]float64, error) {
	start := time.Now()
	server, err := startService(cmd, answers(p.asked(), "/"))
	took := time.Since(start)
	if err != nil {
		return nil, err
	}
	return []float64{float64(took)}, server.end()
}
