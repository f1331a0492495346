// The snippet of the developer guide for amazon-cognito-identity-js, unchanged but for `endpoint`; what it learns is
// written on the page. The pool, the client and the endpoint come with the page's address.
const settings = Object.fromEntries(new URLSearchParams(location.search));
const tell = told => { document.getElementById('told').textContent = JSON.stringify(told); };

var authenticationData = {
	Username: settings.username,
	Password: settings.password,
};
var authenticationDetails = new AmazonCognitoIdentity.AuthenticationDetails(authenticationData);
var poolData = {
	UserPoolId: settings.pool,
	ClientId: settings.client,
	endpoint: settings.endpoint,
};
var userPool = new AmazonCognitoIdentity.CognitoUserPool(poolData);
var userData = {
	Username: settings.username,
	Pool: userPool,
};
var cognitoUser = new AmazonCognitoIdentity.CognitoUser(userData);
cognitoUser.authenticateUser(authenticationDetails, {
	onSuccess: function(result) {
		var accessToken = result.getAccessToken().getJwtToken();
		var idToken = result.idToken.jwtToken;
		tell({ accessToken, idToken });
	},
	onFailure: function(err) {
		tell({ name: err.name, message: err.message });
	},
});
