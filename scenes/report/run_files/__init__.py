"""The runs of a report as files for other programs: spreadsheets, TensorBoard, MLflow."""
