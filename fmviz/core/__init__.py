"""Values and arithmetic: clouds, shapes, configuration, frames, density, project files. No Qt, no torch."""
