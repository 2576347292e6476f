package launch

import (
	"errors"
	"fmt"

	"gobind/internal/sys"
)

// ErrListenParent is returned by RunListening in launch mode parent.
var ErrListenParent = errors.New("--listen keeps no supervisor, and so has no --launch=parent")

// RunListening becomes the program, with sockets that listen already. It returns only on
// failure. The sockets are made by gobind-supervisor, which this process is in between:
// what that takes is no part of gobind, which most programs are started without.
func RunListening(o Options, sockets []string) error {
	if o.Mode == Parent {
		return ErrListenParent
	}
	image, in, err := Lookup(o.Argv)
	if err != nil {
		return err
	}
	argv := []string{"gobind-supervisor"}
	for _, s := range sockets {
		argv = append(argv, "-listen="+s)
	}
	between := sys.Image{Path: SupervisorPath, Argv: append(append(argv, "--", image.Path), o.Argv...), Env: image.Env}
	return fmt.Errorf("start %s: %w", SupervisorPath, between.Exec(in))
}
