package main

import (
	"fmt"
	"math"
)

// bound is a number made of medians, and the most that it may be.
type bound struct {
	what  string
	value func(rows) float64
	most  float64
	show  func(float64) string
}

// unbounded is the most of a number that is for information.
var unbounded = math.Inf(1)

// line is the line about the bound that belongs below the rows.
func (b bound) line(r rows) string {
	line := fmt.Sprintf("  %-41s %10s", b.what, b.show(b.value(r)))
	switch {
	case b.most == unbounded:
		return line
	case b.kept(r):
		return line + "   at most " + b.show(b.most) + ": ok"
	default:
		return line + "   at most " + b.show(b.most) + ": MISSED"
	}
}

// kept reports whether the number is within the bound. NaN is not.
func (b bound) kept(r rows) bool { return b.value(r) <= b.most }

func median(name string) func(rows) float64 {
	return func(r rows) float64 { return r.p50(name) }
}

func quotient(a, b peer) func(rows) float64 {
	return func(r rows) float64 { return r.p50(a.name) / r.p50(b.name) }
}

func difference(a, b peer) func(rows) float64 {
	return func(r rows) float64 { return r.p50(a.name) - r.p50(b.name) }
}

// overhead is what the peer adds to native, in what authbind adds.
func overhead(p peer) func(rows) float64 {
	return func(r rows) float64 { return difference(p, native)(r) / difference(authbind, native)(r) }
}

// unit is what the numbers of a table are printed in.
type unit struct {
	name string
	size float64 // in the samples' own unit
}

var (
	nanos     = unit{"ns", 1}
	micros    = unit{"us", 1e3}
	millis    = unit{"ms", 1e6}
	megabytes = unit{"MB", 1e6}
	times     = unit{"times", 1}
	perSecond = unit{"1/s", 1}
)

func asFraction(x float64) string  { return fmt.Sprintf("1/%.1f", 1/x) }
func asTimes(x float64) string     { return fmt.Sprintf("%.3f x", x) }
func asCount(x float64) string     { return fmt.Sprintf("%.0f", x) }
func asMillis(x float64) string    { return fmt.Sprintf("%.1f ms", x/millis.size) }
func asMicros(x float64) string    { return fmt.Sprintf("%.1f us", x/micros.size) }
func asMicros2(x float64) string   { return fmt.Sprintf("%.2f us", x/micros.size) }
func asMegabytes(x float64) string { return fmt.Sprintf("%.2f MB", x/megabytes.size) }
