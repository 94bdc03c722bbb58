"""
What packets are and where they come from: takes Packets and gives the same packets with labels.

Never changes the number or order of rows, never reads a table or a socket.
"""
