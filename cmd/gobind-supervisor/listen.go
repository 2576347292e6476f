package main

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gobind/client"
	"gobind/internal/activation"
	"gobind/internal/supervisor"
	"gobind/internal/sys"
)

// Exit statuses, which are gobind's: it has become this process.
const (
	statusOwn           = 125
	statusNotExecutable = 126
	statusNotFound      = 127
)

// listen becomes the target, with sockets that listen already (gobind --listen). It
// returns only on failure.
func listen(opts options) int {
	var specs []activation.Spec
	for _, text := range opts.listen {
		spec, err := activation.Parse(text)
		if err != nil {
			return failListen(err)
		}
		specs = append(specs, spec)
	}
	in, _ := sys.Recorded()
	image := sys.Image{Path: opts.target[0], Argv: opts.target[1:], Env: os.Environ()}
	return failListen(activation.Run(image, in, specs, &client.Binder{
		HelperPath: supervisor.HelperPath, SocketPath: supervisor.SocketPath, Program: filepath.Base(image.Argv[0]),
	}))
}

// statusOf is the exit status for an error of activation.
func statusOf(err error) int {
	var program *activation.ExecError
	switch {
	case !errors.As(err, &program):
		return statusOwn
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR):
		return statusNotFound
	default:
		return statusNotExecutable
	}
}
