// Package html writes a result as one HTML file.
package html
