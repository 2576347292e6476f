package lint

// Kind is what is wrong; each has a text in words.
type Kind string

// Of directories.
const (
	WayUnsafe  Kind = "way-unsafe"  // Subject: the directory or link; Detail: its mode
	DirUnsafe  Kind = "dir-unsafe"  // Detail: its mode
	DirClosed  Kind = "dir-closed"  // Detail: its mode
	NotDir     Kind = "not-dir"     //
	Unreadable Kind = "unreadable"  // Detail: the error
	Stranger   Kind = "stranger"    // nothing reads it
	NotRules   Kind = "not-rules"   // its name is that of no rules file
	NotFile    Kind = "not-file"    //
	FileUnsafe Kind = "file-unsafe" // Detail: its mode
	RootMode   Kind = "root-mode"   // Detail: its mode
	FileLarge  Kind = "file-large"  // Detail: the bound
	LeadsNo    Kind = "leads-no"    // a link that leads nowhere
	Hidden     Kind = "hidden"      // this user may not look at it; Detail: the error
)

// Of the names of files.
const (
	NameMark    Kind = "name-mark"    // with ! or without, and it should be the other way
	NameForm    Kind = "name-form"    // another spelling than requests ask for
	NameUnknown Kind = "name-unknown" // no request asks for it
	PortFree    Kind = "port-free"    // Detail: a port that needs no permission
	UIDUnknown  Kind = "uid-unknown"  // Detail: the uid
)

// Of files of byport and byaddr.
const (
	EveryUser    Kind = "every-user"    //
	NobodyMay    Kind = "nobody-may"    //
	NoExec       Kind = "noexec"        //
	OwnerUnknown Kind = "owner-unknown" // Detail: the uid
	GroupUnknown Kind = "group-unknown" // Detail: the gid
	FileHidden   Kind = "file-hidden"   // Subject: the file that decides before it
)

// Of lines of byuid files.
const (
	LineForm     Kind = "line-form"     // not of a line's form
	LineNothing  Kind = "line-nothing"  // not of a line's form, and nobody knows what is meant
	LineComment  Kind = "line-comment"  //
	LineBlank    Kind = "line-blank"    //
	LineHostBits Kind = "line-hostbits" //
	LineWrapped  Kind = "line-wrapped"  // Detail: the number as authbind takes it
	LineLong     Kind = "line-long"     //
	LineRest     Kind = "line-rest"     // a rule in what is left of a long line
	LineList     Kind = "line-list"     //
	LineService  Kind = "line-service"  //
	LineStar     Kind = "line-star"     //
	LineBrackets Kind = "line-brackets" //
	LineZone     Kind = "line-zone"     //
	LineZeros    Kind = "line-zeros"    //
	LineReversed Kind = "line-reversed" //
	LineBOM      Kind = "line-bom"      //
	LineNUL      Kind = "line-nul"      //
	LineHalf     Kind = "line-half"     // Detail: the file where its ports are looked up
	LinePart     Kind = "line-part"     // Detail: the file where the rest of its ports is
	LineFree     Kind = "line-free"     // ports that need no permission, or are none
	LineRepeated Kind = "line-repeated" // Detail: the line that covers it
	LineHidden   Kind = "line-hidden"   // Subject: the file that decides before it
)

// Of rules.
const (
	RuleSyntax    Kind = "rule-syntax"    // Detail: the parser's words
	PermitUser    Kind = "permit-user"    // Subject: a name that nobody has
	PermitGroup   Kind = "permit-group"   // Subject: a name that no group has
	DenyUser      Kind = "deny-user"      // Subject: a name that nobody has
	DenyGroup     Kind = "deny-group"     // Subject: a name that no group has
	RuleUID       Kind = "rule-uid"       // Subject: a number
	RuleGID       Kind = "rule-gid"       // Subject: a number
	RuleHidden    Kind = "rule-hidden"    // Subject: where the rule that decides before it is
	RuleRepeated  Kind = "rule-repeated"  // the same, and with the same verdict
	RuleFree      Kind = "rule-free"      // ports that need no permission
	RuleDualStack Kind = "rule-dualstack" //
)

// Of the kernel backend.
const (
	KernelLacks Kind = "kernel-lacks" // the kernel does not have it; Detail: why
	KernelStale Kind = "kernel-stale" // changed since the kernel was told of policy
)

// severities has every kind.
var severities = map[Kind]Severity{
	WayUnsafe: Error, DirUnsafe: Error, DirClosed: Warning, NotDir: Error, Unreadable: Error, Stranger: Warning, NotRules: Warning,
	NotFile: Error, FileUnsafe: Error, RootMode: Error, FileLarge: Error, LeadsNo: Warning, Hidden: Warning,

	NameMark: Error, NameForm: Error, NameUnknown: Warning, PortFree: Warning, UIDUnknown: Warning,

	EveryUser: Warning, NobodyMay: Warning, NoExec: Error, OwnerUnknown: Warning, GroupUnknown: Warning, FileHidden: Warning,

	LineForm: Error, LineNothing: Error, LineComment: Error, LineBlank: Error, LineHostBits: Error, LineWrapped: Error,
	LineLong: Warning, LineRest: Error, LineList: Error, LineService: Error, LineStar: Error, LineBrackets: Error, LineZone: Error,
	LineZeros: Error, LineReversed: Error, LineBOM: Error, LineNUL: Error, LineHalf: Error, LinePart: Warning, LineFree: Warning,
	LineRepeated: Warning, LineHidden: Warning,

	RuleSyntax: Error, PermitUser: Warning, PermitGroup: Warning, DenyUser: Warning, DenyGroup: Warning, RuleUID: Warning, RuleGID: Warning,
	RuleHidden: Warning, RuleRepeated: Warning, RuleFree: Warning, RuleDualStack: Warning,

	KernelLacks: Warning, KernelStale: Warning,
}
