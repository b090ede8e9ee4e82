"""Public questions 群众提问: asked by anybody, published with their answer after a second person has read both."""
