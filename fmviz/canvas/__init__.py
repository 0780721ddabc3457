"""Drawing one frame with pyqtgraph, on screen and off screen by the same class."""
