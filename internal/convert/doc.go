// Package convert translates a policy tree into rules that decide as it does.
//
// In a tree the first file that exists has the word; of rules the last one that
// matches. So the rules of byuid come first, those of byaddr after them, and those
// of byport last. A file that exists refuses all whom it does not permit, and hides
// what comes after it: that takes a deny rule, where something before permits.
//
// To a tree 192.0.2.1 and ::ffff:192.0.2.1 are two addresses, and :: is one more
// beside 0.0.0.0; yet who binds one has bound the other. Rules have one decision
// for such a pair. [Rules] permits the IPv4 address to whom the tree permits any of
// its names, and :: to whom the tree permits that; a [Note] says where this matters.
// About all other addresses rules and tree agree, which a test shows.
//
// What rules cannot say of a tree as a whole, as that some users may not search a
// directory, is a [TreeError]; what they cannot say of a file is a Note, and then
// they permit less.
package convert
