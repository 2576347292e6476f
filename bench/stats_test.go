package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	ten := []float64{10, 1, 9, 2, 8, 3, 7, 4, 6, 5}
	for _, c := range []struct {
		samples []float64
		q, want float64
	}{
		{ten, 0.5, 5}, {ten, 0.9, 9}, {ten, 1, 10}, {ten, 0.01, 1},
		{[]float64{3}, 0.5, 3}, {[]float64{3}, 0.9, 3},
	} {
		if got := quantile(c.samples, c.q); got != c.want {
			t.Errorf("quantile(%v, %v) = %v, want %v", c.samples, c.q, got, c.want)
		}
	}
	if got := quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("quantile of nothing = %v, want NaN", got)
	}
}

func TestBounds(t *testing.T) {
	r := rows{}.add(native.name, 2, 2, 2).add(authbind.name, 4).add(gobind.name, 10, 10, 900)
	for _, c := range []struct {
		name  string
		value func(rows) float64
		want  float64
	}{
		{"median", median(gobind.name), 10},
		{"quotient", quotient(gobind, native), 5},
		{"difference", difference(gobind, native), 8},
		{"overhead", overhead(gobind), 4},
	} {
		if got := c.value(r); got != c.want {
			t.Errorf("%s = %v, want %v", c.name, got, c.want)
		}
		kept := bound{value: c.value, most: c.want}
		missed := bound{value: c.value, most: c.want - 0.01}
		if !kept.kept(r) || missed.kept(r) {
			t.Errorf("%s: a bound of %v: kept %v; one below it: kept %v", c.name, c.want, kept.kept(r), missed.kept(r))
		}
	}
	if (bound{value: quotient(parent, native), most: unbounded}).kept(r) {
		t.Error("a bound on a peer without samples is kept")
	}
}
