package auditlog

import "time"

// Filter says which records are wanted. Zero fields want all.
type Filter struct {
	Since   time.Time
	UID     *uint32
	Port    uint16
	Verdict string
	Last    int // at most so many, the newest; 0: all
}

func (f Filter) wants(r Record) bool {
	return (f.Since.IsZero() || !r.Time.Before(f.Since)) &&
		(f.UID == nil || *f.UID == r.UID) &&
		(f.Port == 0 || f.Port == r.Port) &&
		(f.Verdict == "" || f.Verdict == r.Verdict)
}

// window keeps the last records that are wanted.
type window struct {
	filter  Filter
	records []Record
}

func (w *window) add(r Record) {
	if !w.filter.wants(r) {
		return
	}
	w.records = append(w.records, r)
	if n := w.filter.Last; n > 0 && len(w.records) >= 2*n {
		w.records = append(w.records[:0], w.records[len(w.records)-n:]...)
	}
}

func (w *window) last() []Record {
	if n := w.filter.Last; n > 0 && len(w.records) > n {
		return w.records[len(w.records)-n:]
	}
	return w.records
}
