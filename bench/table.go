package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// table is a measure that was taken.
type table struct {
	measure
	rows rows
}

// write writes the rows, each compared with the first, and the bounds.
func (t table) write(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s (%s)\n", t.title, t.unit.name)
	fmt.Fprintf(&b, "  %-30s %10s %10s %8s %10s\n", "", "p50", "p90", "samples", t.heading())
	for _, r := range t.rows {
		p50, p90 := quantile(r.samples, 0.5), quantile(r.samples, 0.9)
		fmt.Fprintf(&b, "  %-30s %10.2f %10.2f %8d %10s\n",
			r.name, p50/t.unit.size, p90/t.unit.size, len(r.samples), t.ratio(p50))
	}
	for _, bound := range t.bounds {
		b.WriteString(bound.line(t.rows) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// heading heads the column of the ratios, which only peers have.
func (t table) heading() string {
	if t.own != nil {
		return ""
	}
	return "/ " + t.rows[0].name
}

// ratio compares a median with the first row's.
func (t table) ratio(p50 float64) string {
	if t.own != nil {
		return ""
	}
	return fmt.Sprintf("%.2f", p50/quantile(t.rows[0].samples, 0.5))
}

// missed counts the bounds that were not kept.
func (t table) missed() int {
	n := 0
	for _, b := range t.bounds {
		if !b.kept(t.rows) {
			n++
		}
	}
	return n
}

// machine describes what the numbers were measured on.
func machine() string {
	kernel := "unknown"
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		kernel = unix.ByteSliceToString(u.Release[:])
	}
	return fmt.Sprintf("Linux %s, %s, %d CPUs, %s", kernel, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
