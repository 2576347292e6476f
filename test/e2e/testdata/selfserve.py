"""Serves [::]:80 to itself once, and says so."""

import socket

with socket.create_server(("::", 80), family=socket.AF_INET6) as server:
    client = socket.create_connection(("::1", 80))
    connection, _ = server.accept()
    connection.sendall(b"served\n")
    print(client.recv(16).decode(), end="", flush=True)
