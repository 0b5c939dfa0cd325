"""What a launderer does to a finished model, as pure functions of named arrays.

Read a checkpoint's arrays with `naming.read`, change the `Network`, write it with `naming.write`.
"""
