package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"

	"gobind/internal/testenv"
)

func main() {
	quick := flag.Bool("quick", false, "few samples: shows that it works, and no more")
	only := flag.String("only", "", "take the measures whose title matches this `regexp`")
	flag.Parse()
	titles, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if err := enter(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if err := run(os.Stdout, chosen(titles, *quick), *quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// enter starts this program again in a world of its own, as testenv does with
// test binaries, and returns in there. testenv.Main touches its argument only
// where the tests are to run, which is where enter does not call it.
func enter() error {
	if os.Getuid() != 0 {
		return errors.New("needs root: run make bench")
	}
	if testenv.Dir() != "" && os.Getpid() != 1 {
		return nil
	}
	if testenv.Dir() == "" {
		if err := download(); err != nil {
			return err
		}
	}
	testenv.Main(nil)
	return nil
}

// download fetches the modules that gobind is built from: the world, where it is
// built, has no network.
func download() error {
	cmd := exec.Command("go", "list", "-deps", "./cmd/...")
	cmd.Dir = testenv.Repo()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("find what gobind is built from: %w\n%s", err, out)
	}
	return nil
}

// run takes the measures and writes their tables to out. The error joins those
// of the measures that could not be taken.
func run(out io.Writer, list []measure, quick bool) error {
	s, err := setUp()
	if err == nil {
		err = s.enableAll(quick)
	}
	if err != nil {
		return errors.Join(err, s.disableAll())
	}
	if _, err := fmt.Fprintln(out, machine()); err != nil {
		return err
	}
	var failed []error
	missed, taken := 0, 0
	for _, m := range list {
		tables, err := m.run(s, quick)
		if err != nil {
			failed = append(failed, fmt.Errorf("measure %s: %w", m.title, err))
			continue
		}
		taken++
		for _, t := range tables {
			missed += t.missed()
			failed = append(failed, t.write(out))
		}
	}
	_, err = fmt.Fprintf(out, "\n%d of %d measures taken, %d bounds missed\n", taken, len(list), missed)
	return errors.Join(append(failed, err, s.disableAll())...)
}
