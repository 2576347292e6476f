import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A small server, by itself (main) and as jsvc has its daemons: init with what privilege
 * there is, start without.
 */
public class Server {
	private static final byte[] ANSWER = ("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nserved\n")
		.getBytes(StandardCharsets.US_ASCII);

	private ServerSocket listener;

	public void init(String[] args) throws IOException {
		listener = new ServerSocket(Integer.parseInt(args[0]), 16, InetAddress.getByName("127.0.0.1"));
	}

	public void start() {
		new Thread(this::serve).start();
	}

	public void stop() throws IOException {
		listener.close();
	}

	public void destroy() {
	}

	private void serve() {
		while (!listener.isClosed()) {
			try (Socket socket = listener.accept()) {
				answer(socket.getInputStream(), socket.getOutputStream());
			} catch (IOException e) {
				System.err.println(e);
			}
		}
	}

	private static void answer(InputStream in, OutputStream out) throws IOException {
		byte[] request = new byte[4096];
		if (in.read(request) > 0) {
			out.write(ANSWER);
		}
	}

	public static void main(String[] args) throws IOException {
		Server server = new Server();
		server.init(args);
		server.start();
	}
}
