package doctor

// Level is how bad a finding is.
type Level int

// The levels.
const (
	OK      Level = iota // as it should be
	Warning              // gobind works, but not as well as it could, or something is odd
	Failure              // something does not work until it is cured
)

// String is the level as users and machines read it.
func (l Level) String() string {
	return [...]string{"ok", "warning", "failure"}[l]
}

// Finding is one thing that was looked at, and its state.
type Finding struct {
	Check   string // what was looked at
	State   State  // how it was found
	Level   Level
	Subject string // a path, or a name of the kernel's; "" if there is but one
	Detail  string // a number, a mode, or an error; "" if there is none
}

// State names what was found; each has a text in words.
type State string

// Worst is the worst level of the findings.
func Worst(findings []Finding) Level {
	worst := OK
	for _, f := range findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// Options say what to examine.
type Options struct {
	Root       string   // of an image that does not run; "" is this machine
	Helper     string   // path of gobind-helper
	Supervisor string   // path of gobind-supervisor
	Gobind     string   // path of gobind
	Socket     string   // path of the broker socket
	Policy     []string // policy directories
}

// Examine looks at everything that there is to see with the caller's rights. Of
// an image only the files are looked at.
func Examine(o Options) []Finding {
	var all []Finding
	if o.Root == "" {
		all = append(all, kernel()...)
		all = append(all, process()...)
	}
	files := helperFile(o)
	all = append(all, files...)
	if o.Root == "" && files[1].State != HelperMissing {
		all = append(all, probe(o.Helper))
	}
	door := broker(o)
	if all = append(all, door); door.serves() {
		all = withBroker(all)
	}
	for _, dir := range o.Policy {
		all = append(all, policyDir(o.Root, dir)...)
	}
	if o.Root == "" {
		all = append(all, backend()...)
		all = append(all, syslog("/dev/log"))
	}
	return all
}
