// Package reproducible builds the programs twice and compares: one commit and one
// Go version make one binary, whoever builds it, where and when.
package reproducible
