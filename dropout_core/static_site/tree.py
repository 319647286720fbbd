"""The elements of a page as a tree, built from the messages that Streamlit sends to a browser."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from streamlit.proto.Block_pb2 import Block
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.RootContainer_pb2 import RootContainer
from streamlit.runtime.state.common import user_key_from_element_id


@dataclass
class Node:
    """A container with its children, or an element. An element has no children, and its block is empty."""

    block: Block = field(default_factory=Block)
    element: Element = field(default_factory=Element)
    children: dict[int, "Node"] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The name of the protocol's field that holds the container or the element, or "container"."""
        return self.element.WhichOneof("type") or self.block.WhichOneof("type") or "container"

    @property
    def is_element(self) -> bool:
        return self.element.WhichOneof("type") is not None

    @property
    def key(self) -> str:
        """The key that the page gave to this container or element, or ""."""
        part = getattr(self.element, self.kind) if self.is_element else self.block
        return user_key_from_element_id(getattr(part, "id", "") or _own_id(self)) or ""

    def __iter__(self) -> Iterator["Node"]:
        """Yield this node and everything in it, in the order of the page."""
        yield self
        for child in self.ordered():
            yield from child

    def ordered(self) -> list["Node"]:
        return [self.children[index] for index in sorted(self.children)]


def _own_id(node: Node) -> str:
    """Return the id of a container that keeps it in its own part of the message, such as an expander."""
    return "" if node.is_element or node.kind == "container" else getattr(getattr(node.block, node.kind), "id", "")


def build(messages: Iterable[ForwardMsg]) -> Node:
    """Build the tree of the page's main area. A later message replaces what an earlier one put in the same place."""
    root = Node()
    for message in messages:
        path, delta = message.metadata.delta_path, message.delta
        parent = root
        for index in path[:-1]:
            parent = parent.children.setdefault(index, Node())
        match delta.WhichOneof("type"):
            case "new_element":
                parent.children[path[-1]] = Node(element=delta.new_element)
            case "add_block":
                before = parent.children.get(path[-1], Node())
                parent.children[path[-1]] = Node(delta.add_block, children=before.children)
    return root.children.get(RootContainer.MAIN, Node())
