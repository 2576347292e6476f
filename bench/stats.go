package main

import (
	"math"
	"slices"
)

// row is a peer's samples.
type row struct {
	name    string
	samples []float64
}

// quantile returns the nearest-rank quantile q of the samples, 0 < q <= 1, and
// NaN without any.
func quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// rows are the peers of one measure; the first is what the others are compared
// with.
type rows []row

// p50 is the median of the named row, NaN if there is none.
func (r rows) p50(name string) float64 {
	for _, row := range r {
		if row.name == name {
			return quantile(row.samples, 0.5)
		}
	}
	return math.NaN()
}

// add adds samples to the named row, which it makes if need be.
func (r rows) add(name string, samples ...float64) rows {
	for i := range r {
		if r[i].name == name {
			r[i].samples = append(r[i].samples, samples...)
			return r
		}
	}
	return append(r, row{name, samples})
}
