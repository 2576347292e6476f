// Package packages builds the packages of gobind and looks at them: their files one
// by one in each format, and with the build tag clean (make test-packages) what they
// do on systems that have never seen gobind.
package packages
