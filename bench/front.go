package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gobind/internal/testenv"
)

// Peers by which a server has a privileged port without binding it: it binds the
// unprivileged one, as native does.
var (
	proxied    = peer{name: "nginx as reverse proxy", user: testenv.Alice, front: startProxy, heavy: true}
	redirected = peer{name: "nftables redirect", user: testenv.Alice, front: startRedirect}
)

//go:embed testdata/nginx.conf
var nginxConf []byte

// startProxy starts nginx before the server on the unprivileged port.
func startProxy(s *setup) (stop func() error, err error) {
	nginx, err := startNginx(s)
	if err != nil {
		return nil, err
	}
	return nginx.stop, nil
}

func startNginx(*setup) (*service, error) {
	dir := filepath.Join(testenv.Dir(), "nginx")
	conf := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(conf, nginxConf, 0o644)); err != nil {
		return nil, err
	}
	return startService(testenv.Root.Command("nginx", "-p", dir, "-e", "stderr", "-c", conf), answers(privilegedPort, "/"))
}

// proxyMemory samples the proportional set size of nginx that has answered requests,
// in bytes.
func proxyMemory(s *setup, e effort) (all rows, err error) {
	server, err := startService(native.command(s, s.web, strconv.Itoa(unprivilegedPort)), answers(unprivilegedPort, "/"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	for range e.rounds {
		nginx, err := startNginx(s)
		if err != nil {
			return nil, err
		}
		_, err1 := wrk(s, privilegedPort, time.Second, nil)
		size, err2 := pssOfAll("nginx")
		if err := errors.Join(err1, err2, nginx.stop()); err != nil {
			return nil, err
		}
		all = all.add("nginx, and its worker", size)
	}
	return all, nil
}

// pssOfAll is the sum of the proportional set sizes of the processes of that name.
func pssOfAll(comm string) (sum float64, err error) {
	for _, dir := range processes(comm) {
		size, err := pss(dir)
		if err != nil {
			return 0, err
		}
		sum += size
	}
	return sum, nil
}

//go:embed testdata/redirect.nft
var redirectRules string

// startRedirect has the kernel lead the privileged port to the unprivileged one.
func startRedirect(*setup) (stop func() error, err error) {
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(redirectRules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("run nft: %w\n%s", err, out)
	}
	return func() error { return command("nft", "delete", "table", "ip", "gobind_bench") }, nil
}
