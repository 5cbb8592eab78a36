package scenario

import (
	"regexp"
	"strings"
)

// What in the words of a command tells that a secret follows: a flag or a
// variable with a name of secrets, or a password before the @ of an address.
var (
	secretName  = `[\w.-]*(?:` + strings.Join(secretParts, "|") + `)[\w.-]*`
	secretValue = `(?:(?:Bearer|Basic|Token)\s+)?(?:"[^"]*"|'[^']*'|[^\s"';]+)`

	secretFlag     = regexp.MustCompile(`(?i)^--?` + secretName + `$`)
	flagLike       = regexp.MustCompile(`^(--[A-Za-z].*|-[A-Za-z])$`)
	assignedSecret = regexp.MustCompile(`(?is)^(-{0,2}` + secretName + `=)(.+)$`)
	quotedSecret   = regexp.MustCompile(`(?i)((?:^|[\s"'])(?:-{1,2}` + secretName + `["']?(?:\s*[=:]\s*|\s+)|` + secretName + `["']?\s*[=:]\s*))(` + secretValue + `)`)
	passwordOf     = regexp.MustCompile(`([\w.+-]+):([^\s:@/"']+)@`)
	shellVariable  = regexp.MustCompile(`^\$(\w+|\{\w+\})$`)
	urlInText      = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>]+`)
)

// redactedWords are the words of a command with *** in place of those that
// follow a flag or a variable named like a secret, and of what is secret in
// URLs. What no name tells cannot be seen to be one.
func redactedWords(words []string) []string { return maskedWords(words, func(string) {}) }

// maskedWords is redactedWords; each text that is masked is given to secret.
func maskedWords(words []string, secret func(string)) []string {
	if words == nil {
		return nil
	}
	out := make([]string, len(words))
	for i, word := range words {
		if i > 0 && secretFlag.MatchString(words[i-1]) && !flagLike.MatchString(word) {
			out[i] = maskedWord(word, secret)
			continue
		}
		out[i] = maskedText(word, secret)
	}
	return out
}

// maskedText masks what is secret inside one word, which may be a script.
func maskedText(text string, secret func(string)) string {
	if m := assignedSecret.FindStringSubmatch(text); m != nil {
		return m[1] + maskedWord(m[2], secret)
	}
	text = urlInText.ReplaceAllStringFunc(text, func(u string) string {
		shown := RedactURL(u)
		if shown != u {
			all := secrets{}
			all.addURL(u, func(string) (string, bool) { return "", false })
			for s := range all {
				secret(s)
			}
		}
		return shown
	})
	text = replaceGroup(passwordOf, text, 2, secret)
	return replaceGroup(quotedSecret, text, 2, secret)
}

// replaceGroup masks one group of each match.
func replaceGroup(re *regexp.Regexp, text string, group int, secret func(string)) string {
	var b strings.Builder
	from := 0
	for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
		value := text[at[2*group]:at[2*group+1]]
		if flagLike.MatchString(value) { // what came before was a switch
			continue
		}
		b.WriteString(text[from:at[2*group]] + maskedWord(value, secret))
		from = at[2*group+1]
	}
	return b.String() + text[from:]
}

// maskedWord masks a value, but for a shell's variable: $TOKEN tells nothing.
func maskedWord(value string, secret func(string)) string {
	bare := strings.Trim(value, `"'`)
	if bare == "" || bare == mask || shellVariable.MatchString(bare) {
		return value
	}
	secret(bare)
	if quote := value[:1]; len(value) > 1 && strings.ContainsAny(quote, `"'`) && strings.HasSuffix(value, quote) {
		return quote + mask + quote
	}
	return mask
}
