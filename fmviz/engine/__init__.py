"""Qt objects without widgets: the engine process and its thread, session, play head, document, exports."""
