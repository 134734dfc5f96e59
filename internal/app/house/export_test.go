package house

import "context"

// Renew is what the server does each minute.
func (h *House) Renew(ctx context.Context) error { return h.renew(ctx) }
