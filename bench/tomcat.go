package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gobind/internal/testenv"
)

// Where Debian has Tomcat.
const catalinaHome = "/usr/share/tomcat10"

// tomcatBase is where Alice's instance for that port is.
func tomcatBase(port int) string {
	return filepath.Join(testenv.Alice.Home(), fmt.Sprintf("tomcat-%d", port))
}

// makeTomcats makes an instance for each of the two ports, which serves one page.
func makeTomcats(*setup) error {
	for _, port := range []int{privilegedPort, unprivilegedPort} {
		if err := makeTomcat(port); err != nil {
			return err
		}
	}
	return nil
}

func makeTomcat(port int) error {
	base := tomcatBase(port)
	cmd := testenv.Alice.Command("tomcat10-instance-create", "-p", strconv.Itoa(port), base)
	cmd.Stdin = strings.NewReader("\n") // it warns of the low port, and waits
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make an instance of Tomcat: %w\n%s", err, out)
	}
	page := filepath.Join(base, "webapps/ROOT/index.html")
	if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
		return err
	}
	return os.WriteFile(page, []byte("served\n"), 0o644)
}

func tomcatStart(s *setup, p peer, _ int) ([]float64, error) {
	base := tomcatBase(p.asked())
	if p.name == jsvc.name {
		jars := []string{catalinaHome + "/bin/bootstrap.jar", catalinaHome + "/bin/tomcat-juli.jar"}
		options := []string{"-Dcatalina.home=" + catalinaHome, "-Dcatalina.base=" + base, "-Djava.io.tmpdir=" + base + "/temp"}
		return startToAnswer(underJsvc(jars, options, "org.apache.catalina.startup.Bootstrap"), p)
	}
	p.deep = true // catalina.sh becomes java
	cmd := p.command(s, catalinaHome+"/bin/catalina.sh", "run")
	cmd.Env = append(cmd.Env, "CATALINA_HOME="+catalinaHome, "CATALINA_BASE="+base, "CATALINA_TMPDIR="+base+"/temp",
		"CATALINA_OPTS="+strings.Join(javaOptions(), " "))
	return startToAnswer(cmd, p)
}
