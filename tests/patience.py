"""How long a test waits for what must come: only a hang takes so long, however busy the machine is."""

PATIENCE_S = 120
PATIENCE_MS = 1000 * PATIENCE_S
