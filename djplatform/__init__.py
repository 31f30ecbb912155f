"""One platform for DJs, the people around them, and the small teams who extend it in Python."""
