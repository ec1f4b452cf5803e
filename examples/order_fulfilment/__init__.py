"""An order from the basket to the door: every common node type in one bundle."""
