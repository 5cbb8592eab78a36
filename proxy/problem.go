package proxy

import (
	"encoding/json"
	"errors"
	"net/http"
)

// apiError is an error as the API tells it.
type apiError struct {
	Message string `json:"error"`
	Status  int    `json:"status"`
}

func (e *apiError) Error() string { return e.Message }

// The words are Toxiproxy's: clients compare them.
func badRequest(err error) *apiError {
	return &apiError{"bad request body: " + err.Error(), http.StatusBadRequest}
}

func missing(field string) *apiError {
	return &apiError{"missing required field: " + field, http.StatusBadRequest}
}

func noProxy() *apiError { return &apiError{"proxy not found", http.StatusNotFound} }

func proxyExists() *apiError { return &apiError{"proxy already exists", http.StatusConflict} }

func noToxic() *apiError { return &apiError{"toxic not found", http.StatusNotFound} }

func toxicExists() *apiError { return &apiError{"toxic already exists", http.StatusConflict} }

func badStream() *apiError {
	return &apiError{"stream was invalid, can be either upstream or downstream", http.StatusBadRequest}
}

func badType() *apiError { return &apiError{"invalid toxic type", http.StatusBadRequest} }

// asAPI makes err one with a status: what is nobody's mistake is 500.
func asAPI(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return &apiError{err.Error(), http.StatusInternalServerError}
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		e := asAPI(err)
		status, body = e.Status, []byte(`{"error":"the answer could not be written","status":500}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client has left
}

func refuse(w http.ResponseWriter, err error) {
	e := asAPI(err)
	answer(w, e.Status, e)
}
