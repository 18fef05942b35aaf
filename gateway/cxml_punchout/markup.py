"""Elements as values, and their bytes."""

from gateway.safexml.markup import Content, Node, copied, element, escaped, markup

__all__ = ["Content", "Node", "copied", "element", "escaped", "markup"]
