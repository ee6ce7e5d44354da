"""The screen: reads Status, draws it, and turns hands into messages. It owns view state and nothing musical."""
