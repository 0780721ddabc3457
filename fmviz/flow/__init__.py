"""Learning: coupling, path, network, training, integration, metrics, baking. No Qt."""
